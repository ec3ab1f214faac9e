// Runs the audit of GraphQL over HTTP against the address given, and prints one JSON object for each check.
import { auditServer } from "graphql-http";

for (const { id, name, status, reason } of await auditServer({ url: process.argv[2], fetchFn: fetch })) {
  console.log(JSON.stringify({ id, name, status, reason: reason && String(reason) }));
}
