// Mounts GraphiQL on this server's own /graphql and signs its requests with the pasted token.
"use strict";

(() => {
  const TOKEN_KEY = "sessionpay.ide.token";

  const DEFAULT_QUERY = `# Every field is described in the panel on the left (the book).
# Paste an access token above to ask for what is yours.

query SessionTypes {
  sessionTypes(first: 10) {
    nodes {
      id
      name
      price {
        display
      }
    }
  }
}
`;

  const field = document.getElementById("token");
  const status = document.getElementById("signed-in");

  // The token lives as long as the tab: it opens a person's payments.
  field.value = sessionStorage.getItem(TOKEN_KEY) ?? "";

  const bearer = () => field.value.trim().replace(/^bearer\s+/i, "");

  const remember = () => {
    sessionStorage.setItem(TOKEN_KEY, bearer());
    status.textContent = bearer() ? "Signed in as the token says" : "Not signed in";
  };

  const fetcher = async (params, options) => {
    const token = bearer();
    const response = await fetch("/graphql", {
      method: "POST",
      credentials: "omit",
      headers: {
        Accept: "application/graphql-response+json, application/json;q=0.9",
        "Content-Type": "application/json",
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...options?.headers,
      },
      body: JSON.stringify(params),
    });
    return response.json();
  };

  field.addEventListener("input", remember);
  remember();
  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultQuery: DEFAULT_QUERY,
      defaultEditorToolsVisibility: "variables",
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
    }),
  );
})();
