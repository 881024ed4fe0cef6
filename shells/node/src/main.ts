import { primesBelow } from "./primes.js";

declare const process: { argv: string[]; version: string };
declare const console: { log(text: string): void };

const limit = Number(process.argv[2] ?? "50");
const primes = primesBelow(limit);
console.log(`node ${process.version}: ${primes.length} primes below ${limit}`);
console.log(primes.join(" "));
