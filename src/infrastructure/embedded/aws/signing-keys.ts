import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export const ALGORITHM = 'AWS4-HMAC-SHA256';

/** A service in a region, on a day. */
export interface CredentialScope {
  /** `YYYYMMDD` */
  readonly day: string;
  readonly region: string;
  readonly service: string;
}

export function scopeText({ day, region, service }: CredentialScope): string {
  return `${day}/${region}/${service}/aws4_request`;
}

const MAX_KEYS = 16;

/** The signing keys of one secret: four HMACs that only change with the day. */
export class SigningKeys {
  private readonly keys = new Map<string, Buffer>();

  constructor(private readonly secretAccessKey: string) {}

  /** The signature of a text, in hex. */
  sign(scope: CredentialScope, text: string): string {
    return createHmac('sha256', this.key(scope)).update(text).digest('hex');
  }

  private key(scope: CredentialScope): Buffer {
    const name = scopeText(scope);
    const known = this.keys.get(name);
    if (known) return known;
    const seed: Buffer = Buffer.from(`AWS4${this.secretAccessKey}`);
    const parts = [scope.day, scope.region, scope.service, 'aws4_request'];
    const key = parts.reduce((hmacKey, part) => createHmac('sha256', hmacKey).update(part).digest(), seed);
    if (this.keys.size >= MAX_KEYS) this.keys.clear();
    this.keys.set(name, key);
    return key;
  }
}

/** Compares digests, so that neither length nor content can be learnt from the time it takes. */
export function sameText(left: string, right: string): boolean {
  return timingSafeEqual(createHash('sha256').update(left).digest(), createHash('sha256').update(right).digest());
}
