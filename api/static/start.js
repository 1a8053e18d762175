// Starts GraphiQL on /graphql, with the headers and the first query that the page gives it.
"use strict";

const place = document.getElementById("graphiql");
const firstQuery = `# Ctrl-Enter runs this. The token stands in "Headers" below; another role is another token, such as
# Bearer dev:MODERATOR:moderator-1, Bearer dev:APPEALS_REVIEWER(LANGUAGE:vi,POLICY:*):maria or
# Bearer dev:CREATOR:<the creator's account id>.

{
  creators(filter: { market: ["US"] }, orderBy: { field: SCORE }, first: 5) {
    totalCount
    nodes {
      externalId
      health { score zone nextMilestone { at distance } }
      restrictions { capability until causes { kind } }
      violations(first: 3) { nodes { policy severity status points } }
    }
  }
}
`;
const props = {
  fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
  defaultQuery: firstQuery,
  defaultEditorToolsVisibility: "headers",
  shouldPersistHeaders: true,
};
if (place.dataset.headers) props.defaultHeaders = place.dataset.headers;
ReactDOM.createRoot(place).render(React.createElement(GraphiQL, props));
