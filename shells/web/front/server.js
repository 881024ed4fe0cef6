// Serves the page on the loopback interface, at the port $PORT_WEB. The list itself is the back end's.

import { createServer } from "node:http";
import { page } from "./page.js";

const api = `http://127.0.0.1:${process.env.PORT_API}/items`;
const LONGEST = 1000;

const server = createServer(async (request, response) => {
  try {
    await answer(request, response);
  } catch (error) {
    console.error(error);
    response.writeHead(502, { "content-type": "text/plain" }).end("the back end does not answer\n");
  }
});

async function answer(request, response) {
  if (request.url !== "/") {
    response.writeHead(404).end();
  } else if (request.method === "POST") {
    const text = new URLSearchParams(await body(request)).get("text");
    await asked({ method: "POST", body: text });
    response.writeHead(303, { location: "/" }).end();
  } else {
    const list = await (await asked()).json();
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page(list));
  }
}

async function asked(options) {
  const answer = await fetch(api, options);
  if (!answer.ok) throw new Error(`the back end answers ${answer.status}`);
  return answer;
}

async function body(request) {
  let text = "";
  for await (const part of request.setEncoding("utf8")) text = (text + part).slice(0, LONGEST);
  return text;
}

server.listen(Number(process.env.PORT_WEB), "127.0.0.1");
