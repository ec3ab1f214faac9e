// The harness's mercurius_dl.js with mercurius-cache: lists are cached by city and limit, owners by id. The keys are
// functions of ours, as its documentation recommends for speed, and there is room for as many entries as Freehold's cache has.
// CACHED=lists caches no owners. It runs in a copy of the harness's node folder (mercurius_cache.py).
'use strict'
const fastify = require('fastify')
const mercurius = require('mercurius')
const cache = require('mercurius-cache')
const { typeDefs, resolvers, loaders } = require('./schema')
const app = fastify({ logger: false })
const policy = { Query: { propertiesByCity: { key: ({ arg }) => `${arg.city}:${arg.limit}` } } }
if (process.env.CACHED !== 'lists') policy.Property = { owner: { key: ({ self }) => self.owner_id } }
app.register(mercurius, { schema: typeDefs, resolvers, context: () => loaders(), jit: 1, graphiql: false })
app.register(cache, { ttl: 300, storage: { type: 'memory', options: { size: 200000 } }, policy })
app.listen({ port: +process.argv[2], host: '127.0.0.1' })
