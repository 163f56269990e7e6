// How much two groupings of the same n things agree beyond chance:
//
//   AMI(U, V) = (I(U; V) − E[I]) / (½ (H(U) + H(V)) − E[I])
//   E[I] = Σ_ij Σ_m (m/n) log(n m / (a_i b_j)) · P(n_ij = m),   P hypergeometric,
//
// a_i and b_j the sizes of the groups, n_ij those of their overlaps. Vinh, Epps and Bailey 2010, "Information Theoretic Measures for
// Clusterings Comparison", JMLR 11.

/**
 * 1 for the same grouping under whatever names, about 0 for unrelated ones, and possibly negative. A grouping into one group tells
 * nothing, so it gives 0 with any other, itself included.
 *
 * @param first group of each thing, from 0; @param second likewise.
 * @throws on different lengths.
 */
export function adjustedMutualInformation(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const n = first.length;
  if (second.length !== n) {
    throw new Error(
      `Two groupings of the same things are compared, and they are of ${n} and ${second.length}.`,
    );
  }
  const [a, b] = [new Map<number, number>(), new Map<number, number>()];
  const overlaps = new Map<string, number>();
  for (let i = 0; i < n; i++) {
    const [u, v] = [first[i] as number, second[i] as number];
    a.set(u, (a.get(u) ?? 0) + 1);
    b.set(v, (b.get(v) ?? 0) + 1);
    overlaps.set(`${u} ${v}`, (overlaps.get(`${u} ${v}`) ?? 0) + 1);
  }
  if (a.size < 2 || b.size < 2) return 0;
  let information = 0;
  for (const [u, countA] of a)
    for (const [v, countB] of b) {
      const m = overlaps.get(`${u} ${v}`) ?? 0;
      if (m > 0) information += (m / n) * Math.log((n * m) / (countA * countB));
    }
  const expected = expectedInformation([...a.values()], [...b.values()], n);
  const most = (entropyOf([...a.values()], n) + entropyOf([...b.values()], n)) / 2;
  // Where every grouping of these sizes says the same, such as n groups of one.
  if (Math.abs(most - expected) < 1e-12) return 1;
  return (information - expected) / (most - expected);
}

const entropyOf = (sizes: readonly number[], n: number): number =>
  -sizes.reduce((sum, size) => sum + (size / n) * Math.log(size / n), 0);

function expectedInformation(a: readonly number[], b: readonly number[], n: number): number {
  const logFactorial = new Float64Array(n + 1);
  for (let m = 1; m <= n; m++) logFactorial[m] = (logFactorial[m - 1] as number) + Math.log(m);
  const f = (m: number): number => logFactorial[m] as number;
  let sum = 0;
  for (const countA of a)
    for (const countB of b)
      for (let m = Math.max(1, countA + countB - n); m <= Math.min(countA, countB); m++) {
        const logProbability =
          f(countA) +
          f(countB) +
          f(n - countA) +
          f(n - countB) -
          (f(n) + f(m) + f(countA - m) + f(countB - m) + f(n - countA - countB + m));
        sum += (m / n) * Math.log((n * m) / (countA * countB)) * Math.exp(logProbability);
      }
  return sum;
}
