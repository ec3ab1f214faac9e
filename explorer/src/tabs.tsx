/** What the page adds to GraphiQL's tabs and their editors. Renders nothing. */
import { useEditorContext } from "@graphiql/react";
import { useEffect } from "react";
import { setTabs } from "./run";

export function Tabs() {
  const { tabs, activeTabIndex, queryEditor, variableEditor, headerEditor } = useEditorContext({ nonNull: true });
  const active = tabs[activeTabIndex]?.id ?? "";
  const open = tabs.map((tab) => tab.id).join(" ");
  useEffect(() => setTabs(active, open.split(" ")), [active, open]);
  useEffect(() => {
    // Tab leaves an editor, as it leaves any field; in a list of completions it still takes one.
    for (const editor of [queryEditor, variableEditor, headerEditor]) {
      editor?.addKeyMap({ Tab: false, "Shift-Tab": false });
    }
  }, [queryEditor, variableEditor, headerEditor]);
  return null;
}
