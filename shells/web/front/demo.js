// Adds an item through the page, and looks for it there: once from PostgreSQL, once from Redis.

import { escaped } from "./page.js";

const address = `http://127.0.0.1:${process.env.PORT_WEB}/`;
const text = `bread & milk, ${new Date().toISOString()}`;

// fetch follows the answer, which leads back to the page.
for (const options of [{ method: "POST", body: new URLSearchParams({ text }) }, {}]) {
  const answer = await fetch(address, options);
  const html = await answer.text();
  const source = /from (\w+)/.exec(html)?.[1];
  const expected = options.method ? "PostgreSQL" : "Redis";
  if (!html.includes(`<li>${escaped(text)}</li>`) || source !== expected) {
    console.error(`${address} does not show \`${text}\` from ${expected}:\n${html}`);
    process.exit(1);
  }
  console.log(`${address} shows \`${text}\`, from ${source}`);
}
