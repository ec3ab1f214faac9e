/** The toolbar's button that copies a link to the query. */
import { ToolbarButton, useEditorContext } from "@graphiql/react";
import { useState } from "react";
import { LinkIcon } from "./icons";
import { permalinkTo } from "./permalink";

export function ShareButton() {
  const { queryEditor, variableEditor } = useEditorContext({ nonNull: true });
  const [label, setLabel] = useState("Copy a link to this query");
  async function share() {
    const link = permalinkTo(queryEditor?.getValue() ?? "", variableEditor?.getValue() ?? "");
    window.history.replaceState(null, "", link);
    try {
      await navigator.clipboard.writeText(link);
      setLabel("Copied");
    } catch {
      setLabel("It is in the address bar"); // browsers forbid the clipboard to pages that are not secure
    }
    setTimeout(() => setLabel("Copy a link to this query"), 2000);
  }
  return (
    <ToolbarButton onClick={() => void share()} label={label}>
      <LinkIcon />
    </ToolbarButton>
  );
}
