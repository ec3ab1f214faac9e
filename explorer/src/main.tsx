/** The page: GraphiQL with Freehold's panels. */
import { setNonce } from "get-nonce";
import { GraphiQL } from "graphiql";
import { useEffect } from "react";
import { createRoot } from "react-dom/client";
import { EXAMPLES } from "./examples";
import { createFetcher } from "./fetcher";
import { Footer } from "./footer";
import { readPermalink } from "./permalink";
import { isWide, showPlugin } from "./panes";
import { PLUGINS } from "./plugins";
import { ShareButton } from "./share-button";
import { openStorage } from "./storage";
import { Tabs } from "./tabs";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./style.css";

const root = document.getElementById("explorer")!;
setNonce(root.dataset.nonce ?? ""); // for the style elements that dialogs add

const TABS = "graphiql:tabState"; // GraphiQL's own key: once it is there, this is no first visit
const storage = openStorage();
const isFirstVisit = !storage?.getItem(TABS);
const linked = readPermalink(window.location.hash);
const first = linked ?? EXAMPLES[0]!;

/** Renders nothing; opens the examples for those who come here for the first time, where there is room beside them. */
function Welcome() {
  useEffect(() => {
    if (!isFirstVisit || linked || !isWide()) return;
    const soon = setTimeout(() => showPlugin("Examples")); // once GraphiQL knows its plugins
    return () => clearTimeout(soon);
  }, []);
  return null;
}

createRoot(root).render(
  <GraphiQL
    fetcher={createFetcher(window.location.pathname)}
    plugins={PLUGINS}
    storage={storage!} // its type lacks null, which makes GraphiQL keep nothing
    {...(linked ? { query: linked.query, variables: linked.variables ?? "" } : { defaultQuery: first.query })}
    defaultEditorToolsVisibility={linked?.variables ? "variables" : false}
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>
      <span className="freehold-logo">Freehold</span>
    </GraphiQL.Logo>
    <GraphiQL.Toolbar>
      {({ prettify, copy, merge }) => (
        <>
          {prettify}
          {merge}
          {copy}
          <ShareButton />
        </>
      )}
    </GraphiQL.Toolbar>
    <GraphiQL.Footer>
      <Footer />
    </GraphiQL.Footer>
    <Welcome />
    <Tabs />
  </GraphiQL>,
);
