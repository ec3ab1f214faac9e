/** The toolbar's button that copies a link to the query, and says for a moment that it did. */
import { ToolbarButton, useEditorContext } from "@graphiql/react";
import { useEffect, useState } from "react";
import { LinkIcon } from "./icons";
import { permalinkTo } from "./permalink";

const SHOWN = 2000; // milliseconds

export function ShareButton() {
  const { queryEditor, variableEditor } = useEditorContext({ nonNull: true });
  const [message, setMessage] = useState("");
  useEffect(() => {
    if (message === "") return;
    const hide = setTimeout(() => setMessage(""), SHOWN);
    return () => clearTimeout(hide);
  }, [message]);
  async function share() {
    const link = permalinkTo(queryEditor?.getValue() ?? "", variableEditor?.getValue() ?? "");
    window.history.replaceState(null, "", link);
    try {
      await navigator.clipboard.writeText(link);
      setMessage("Copied");
    } catch {
      setMessage("The link is in the address bar"); // browsers forbid the clipboard to pages that are not secure
    }
  }
  return (
    <span className="share">
      <ToolbarButton onClick={() => void share()} label="Copy a link to this query">
        <LinkIcon />
      </ToolbarButton>
      <span className="shared" role="status">
        {message}
      </span>
    </span>
  );
}
