/** The examples: a click opens one in a tab of its own, or goes to the tab that has it. */
import { useEditorContext } from "@graphiql/react";
import { showVariables, uncoverEditors } from "./panes";
import { EXAMPLES, type Example } from "./examples";

export function Examples() {
  const editor = useEditorContext({ nonNull: true });
  function open({ query, variables }: Example) {
    const current = editor.queryEditor?.getValue() ?? "";
    const tab = editor.tabs.findIndex((tab) => tab.query === query);
    if (tab >= 0 && current !== query) editor.changeTab(tab);
    else if (tab < 0 && current.trim()) editor.addTab();
    // Another tab's editors are filled when React renders it: go on after that.
    setTimeout(() => {
      uncoverEditors("Examples");
      if (tab < 0) {
        editor.queryEditor?.setValue(query);
        editor.variableEditor?.setValue(variables ?? "");
      }
      if (variables) showVariables();
      editor.queryEditor?.focus();
    });
  }
  return (
    <section className="examples" aria-label="Example queries">
      <div className="graphiql-doc-explorer-title">Examples</div>
      <p className="aside">Each opens in a tab of its own. Run it, then look at its statements.</p>
      <ol>
        {EXAMPLES.map((example) => (
          <li key={example.title}>
            <button type="button" onClick={() => open(example)}>
              <b>{example.title}</b>
              <span>{example.teaches}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
