/** Sends operations: queries and mutations by POST, subscriptions over a WebSocket at the same address. */
import { type Fetcher, type FetcherParams } from "@graphiql/toolkit";
import { getOperationAST, parse as parseDocument, type OperationDefinitionNode } from "graphql";
import { createClient, type Client } from "graphql-ws";
import { startRun, type RequestError } from "./run";
import type { Trace } from "./trace";

type Headers = Record<string, string>;

interface Answer {
  data?: unknown;
  errors?: Record<string, any>[];
  extensions?: Record<string, unknown> & { trace?: Trace };
}

const INTROSPECTION = "IntrospectionQuery";

export function createFetcher(url: string): Fetcher {
  const clients = new Map<string, Client>();
  return (params, options) => {
    const headers = (options?.headers ?? {}) as Headers;
    const operation = findOperation(params);
    const name = operation?.name?.value ?? null;
    if (operation?.operation === "subscription") {
      const events = clientFor(clients, url, headers).iterate({ ...params, operationName: name });
      return events as ReturnType<Fetcher>; // errors come as JSON, not as objects of graphql's class
    }
    return post(url, operation ? { ...params, operationName: name } : params, headers);
  };
}

/**
 * The operation to run, or undefined where the server has to say what is wrong. GraphiQL notes an operation's name a
 * moment after it was typed: who is faster sends a name that the document no longer has.
 */
function findOperation({ query, operationName }: FetcherParams): OperationDefinitionNode | undefined {
  try {
    const document = parseDocument(query);
    return getOperationAST(document, operationName) ?? getOperationAST(document) ?? undefined;
  } catch {
    return undefined;
  }
}

async function post(url: string, params: FetcherParams, headers: Headers): Promise<any> {
  const isIntrospection = params.operationName === INTROSPECTION;
  const endRun = isIntrospection ? () => {} : startRun();
  const started = performance.now();
  let text: string;
  let status: number;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        ...(isIntrospection ? {} : { "freehold-trace": "1" }),
        ...headers,
      },
      body: JSON.stringify(params),
    });
    status = response.status;
    text = await response.text();
  } catch (error) {
    return fail(`The server does not answer: ${error instanceof Error ? error.message : error}`);
  }
  const answer = parse(text);
  if (answer === null) return fail(`The server answered with status ${status}, and no JSON.`);
  endRun({
    trace: takeTrace(answer),
    errors: (answer.errors ?? []).map(describeError),
    roundTrip: performance.now() - started,
    size: text.length,
  });
  return answer;

  function fail(message: string): Answer {
    const errors = [{ message, code: null, path: null, location: null }];
    endRun({ trace: null, errors, roundTrip: performance.now() - started, size: 0 });
    return { errors: [{ message }] };
  }
}

function parse(text: string): Answer | null {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? answer : null;
  } catch {
    return null;
  }
}

/** The trace, taken out of the answer: the panel shows it better than the response would. */
function takeTrace(answer: Answer): Trace | null {
  const trace = answer.extensions?.trace;
  if (trace === undefined) return null;
  delete answer.extensions!.trace;
  if (Object.keys(answer.extensions!).length === 0) delete answer.extensions;
  return trace;
}

function describeError(error: Record<string, any>): RequestError {
  const location = error.locations?.[0];
  return {
    message: String(error.message),
    code: error.extensions?.code ?? null,
    path: error.path?.join(".") ?? null,
    location: location ? { line: location.line, column: location.column } : null,
  };
}

/** One connection for each set of headers, which a WebSocket can only send as its first message. */
function clientFor(clients: Map<string, Client>, url: string, headers: Headers): Client {
  const key = JSON.stringify(headers);
  let client = clients.get(key);
  if (client === undefined) {
    const address = new URL(url, window.location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    client = createClient({ url: address.href, connectionParams: headers, lazy: true, retryAttempts: 0 });
    clients.set(key, client);
  }
  return client;
}
