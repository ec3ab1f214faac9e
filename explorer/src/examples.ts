/** Queries that teach, from the first to the last. The browser tests run every one of them. */

export interface Example {
  title: string;
  teaches: string;
  query: string;
  variables?: string;
}

export const EXAMPLES: Example[] = [
  {
    title: "A list with its owners",
    teaches: "Fifty listings, their owners and a count for each: one statement a level, not one an object.",
    query: `# Ctrl-Enter runs it. What it
# cost is under the result.
query FiftyWithOwners {
  propertiesByCity(
    city: "Berlin"
    limit: 50
  ) {
    address
    price
    owner {
      name
      propertyCount
    }
  }
}
`,
  },
  {
    title: "A filtered connection",
    teaches: "Filters, an order and pages. Send endCursor as $after for the next page: it costs the same, however far.",
    query: `query Affordable(
  $city: String!
  $most: Price
  $after: String
) {
  properties(
    filter: {
      city: $city
      statuses: [ACTIVE]
      price: { max: $most }
    }
    orderBy: PRICE_UP
    first: 10
    after: $after
  ) {
    totalCount
    nodes {
      id
      address
      price
      bedrooms
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
    variables: `{
  "city": "München",
  "most": 900000
}`,
  },
  {
    title: "Price history",
    teaches: "Every change of price and status is kept. All histories of a page come with one statement.",
    query: `query PriceHistory {
  properties(
    filter: { statuses: [ACTIVE, PENDING] }
    first: 20
  ) {
    nodes {
      address
      city
      price
      priceHistory(first: 5) {
        nodes {
          oldPrice
          newPrice
          newStatus
          changedAt
        }
      }
    }
  }
}
`,
  },
  {
    title: "Listings of owners of listings",
    teaches: "However deep the query goes, a level is a statement. Owners met twice are not read again.",
    query: `query Deep {
  propertiesByCity(
    city: "Paris"
    limit: 20
  ) {
    address
    owner {
      name
      properties(first: 5, statuses: [ACTIVE]) {
        nodes {
          address
          owner {
            name
          }
        }
      }
    }
  }
}
`,
  },
  {
    title: "A mutation",
    teaches: "Writes answer with what was stored, or with errors that name the field to mend. This one makes an owner.",
    query: `mutation NewOwner(
  $owner: CreateOwnerInput!
) {
  createOwner(input: $owner) {
    owner {
      id
      name
      createdAt
    }
    errors {
      code
      field
      message
    }
  }
}
`,
    variables: `{
  "owner": {
    "name": "Ada Example",
    "email": "ada@example.org"
  }
}`,
  },
];
