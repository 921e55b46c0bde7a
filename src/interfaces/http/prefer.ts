/** What a client would like (RFC 7240): not to wait for the end, or no longer than so many seconds. */
export interface Preference {
  readonly respondAsync: boolean;
  readonly waitSeconds?: number;
}

/** Preferences that are unknown or cannot be read are left aside, as the RFC has it. */
export function preferenceOf(header: string | readonly string[] | undefined): Preference {
  const tokens = [header ?? []].flat().join(',').split(',');
  const words = tokens.map((token) => token.split(';')[0]?.trim().toLowerCase() ?? '');
  const wait = words.map((word) => /^wait\s*=\s*"?(\d{1,6})"?$/u.exec(word)?.[1]).find((found) => found !== undefined);
  return { respondAsync: words.includes('respond-async'), ...(wait !== undefined && { waitSeconds: Number(wait) }) };
}
