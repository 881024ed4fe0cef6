/** The primes below a limit, by the sieve of Eratosthenes. */
export function primesBelow(limit: number): number[] {
  const composite = new Array<boolean>(Math.max(limit, 0)).fill(false);
  const primes: number[] = [];
  for (let n = 2; n < limit; n++) {
    if (composite[n]) continue;
    primes.push(n);
    for (let multiple = n * n; multiple < limit; multiple += n)
      composite[multiple] = true;
  }
  return primes;
}
