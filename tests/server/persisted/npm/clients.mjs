// Asks the server at the address given as popular clients do, and prints as JSON what each made of its answers.
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { generatePersistedQueryIdsFromManifest } from "@apollo/persisted-query-lists";
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { parse, print } from "graphql";
import relay from "relay-runtime";

const [url, given] = process.argv.slice(2);
const { query, ids } = JSON.parse(given);
const digest = (algorithm, text) => createHash(algorithm).update(text).digest("hex");

// What went over the wire, to tell an answer by id from one by text.
let sent = [];
async function recorded(input, init = {}) {
  const address = new URL(input);
  const body = init.body ? JSON.parse(init.body) : Object.fromEntries(address.searchParams);
  sent.push(body.query ? "text" : "id");
  return fetch(input, init);
}

function shown(data, errors) {
  const seen = { sent, data: data ?? null, errors: (errors ?? []).map(({ message, extensions }) => extensions ?? message) };
  sent = [];
  return seen;
}

async function apollo(options, errorPolicy = "none") {
  const http = new HttpLink({ uri: url, fetch: recorded });
  const link = options ? ApolloLink.from([new PersistedQueryLink(options), http]) : http;
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  try {
    const { data, error } = await client.query({ query: gql(query), errorPolicy });
    return shown(data, error && (error.errors ?? [error]));
  } catch (error) {
    return shown(undefined, error.errors ?? [error]);
  }
}

async function urql(exchanges, document = query) {
  const client = new Client({ url, fetch: recorded, preferGetMethod: false, exchanges: [...exchanges, fetchExchange] });
  const { data, error } = await client.query(document, {}).toPromise();
  return shown(data, error && error.graphQLErrors);
}

async function relayed(name, selections) {
  const { Environment, Network, RecordSource, Store, fetchQuery } = relay;
  const ask = async (params, variables) => {
    const named = params.text ? { query: params.text } : { [name]: params.id };
    const headers = { "content-type": "application/json" };
    const response = await recorded(url, { method: "POST", headers, body: JSON.stringify({ ...named, variables }) });
    return response.json();
  };
  const environment = new Environment({ network: Network.create(ask), store: new Store(new RecordSource()) });
  const common = { argumentDefinitions: [], kind: undefined, name: "Listed", selections };
  const request = {
    kind: "Request",
    fragment: { ...common, kind: "Fragment", metadata: null, type: "Query", abstractKey: null },
    operation: { ...common, kind: "Operation" },
    params: { cacheID: "listed", id: name ? ids.relay : null, metadata: {}, name: "Listed", operationKind: "query", text: name ? null : query },
  };
  try {
    return shown(await fetchQuery(environment, request, {}).toPromise());
  } catch (error) {
    return shown(undefined, [error]);
  }
}

const scalar = (name) => ({ alias: null, args: null, kind: "ScalarField", name, storageKey: null });
const linked = (name, concreteType, plural, selections) => ({
  alias: null, args: null, concreteType, kind: "LinkedField", name, plural, selections, storageKey: null,
});
const owners = [linked("owners", "OwnerConnection", false, [linked("nodes", "Owner", true, [scalar("id"), scalar("email")])])];
const manifest = { format: "apollo-persisted-query-manifest", version: 1, operations: [{ id: ids.apollo, name: "Listed", type: "query", body: query }] };
const sha256 = (text) => digest("sha256", text);
const embedded = (algorithm, prefix = "") => () => prefix + digest(algorithm, query);

const asked = {
  "apollo manifest": () => apollo(generatePersistedQueryIdsFromManifest({ loadManifest: async () => manifest })),
  "apollo sha256": () => apollo({ sha256 }),
  "apollo sha256 by GET": () => apollo({ sha256, useGETForHashedQueries: true }),
  "codegen sha1": () => apollo({ generateHash: embedded("sha1") }),
  "codegen sha1 with prefix": () => apollo({ generateHash: embedded("sha1", "sha1:") }),
  "codegen sha256": () => apollo({ generateHash: embedded("sha256") }),
  "codegen sha256 with prefix": () => apollo({ generateHash: embedded("sha256", "sha256:") }),
  "urql": () => urql([persistedExchange({ enforcePersistedQueries: true })], print(parse(query))),
  "urql by POST": () => urql([persistedExchange({ preferGetForPersistedQueries: false })]),
  "urql with ids": () => urql([persistedExchange({ generateHash: async () => ids.codegen, enforcePersistedQueries: true })]),
  "relay doc_id": () => relayed("doc_id", owners),
  "relay documentId": () => relayed("documentId", owners),
  "apollo none": () => apollo(null, "none"),
  "apollo all": () => apollo(null, "all"),
  "apollo ignore": () => apollo(null, "ignore"),
  "urql text": () => urql([]),
  "relay text": () => relayed(null, owners),
};

const answers = {};
for (const [name, ask] of Object.entries(asked)) {
  answers[name] = await ask();
}
console.log(JSON.stringify(answers));
