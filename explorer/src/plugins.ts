/** The panels that GraphiQL has from us. */
import { explorerPlugin } from "@graphiql/plugin-explorer";
import type { GraphiQLPlugin } from "@graphiql/react";
import { Examples } from "./examples-panel";
import { ExamplesIcon, StatementsIcon } from "./icons";
import { Statements } from "./statements";

export const PLUGINS: GraphiQLPlugin[] = [
  explorerPlugin(),
  { title: "Statements", icon: StatementsIcon, content: Statements },
  { title: "Examples", icon: ExamplesIcon, content: Examples },
];
