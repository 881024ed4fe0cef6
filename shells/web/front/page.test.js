import assert from "node:assert/strict";
import { test } from "node:test";
import { page } from "./page.js";

test("what visitors wrote is text", () => {
  const html = page({ items: ["<script>", 'a "b" & c'], source: "Redis" });
  assert.ok(html.includes("<li>&lt;script&gt;</li>"));
  assert.ok(html.includes("<li>a &quot;b&quot; &amp; c</li>"));
  assert.ok(html.includes("from Redis"));
});
