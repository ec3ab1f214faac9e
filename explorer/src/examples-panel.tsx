/** The examples, each opened in a tab of its own by a click. */
import { useEditorContext } from "@graphiql/react";
import { uncoverEditors } from "./panes";
import { EXAMPLES, type Example } from "./examples";

export function Examples() {
  const editor = useEditorContext({ nonNull: true });
  function open({ query, variables }: Example) {
    if (editor.queryEditor?.getValue().trim()) editor.addTab();
    // The new tab's editors are emptied when React renders it: fill them after that.
    setTimeout(() => {
      uncoverEditors("Examples");
      editor.queryEditor?.setValue(query);
      editor.variableEditor?.setValue(variables ?? "");
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
