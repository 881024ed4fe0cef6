/** The page with the list. What visitors wrote is text, never markup. */
export function page({ items, source }) {
  const rows = items.map((text) => `      <li>${escaped(text)}</li>`);
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>A list</title>
  </head>
  <body>
    <form method="post"><input name="text" maxlength="200" required> <button>Add</button></form>
    <ul>
${rows.join("\n")}
    </ul>
    <p>from ${escaped(source)}</p>
  </body>
</html>
`;
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escaped(text) {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
