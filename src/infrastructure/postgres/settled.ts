/** Waits for both, also where one fails, so that nothing is under way any more; then the first failure is thrown. */
export async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}
