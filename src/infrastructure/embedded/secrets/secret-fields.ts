import { AwsError } from '../aws/aws-error.js';
import { dictionaryOfTags } from './tag-fields.js';
import { required, text } from '../aws/request-fields.js';
import { MAX_VALUE_BYTES } from './limits.js';
import type { SecretRecord, SecretValue } from './secret-record.js';

export const SECRET_ID = required(text({ min: 1, max: 2048 }));
export const NAME = required(text({ min: 1, max: 512, pattern: /^[a-zA-Z0-9/_+=.@-]+$/ }));
export const TOKEN = text({ min: 32, max: 64 });
export const VERSION_ID = text({ min: 32, max: 64 });
export const STAGE = text({ min: 1, max: 256 });
export const DESCRIPTION = text({ max: 2048 });
export const KMS_KEY = text({ max: 2048 });
export const VALUE_FIELDS = { SecretString: text(), SecretBinary: text() } as const;
export const TAGS = dictionaryOfTags();

/** The value of a request; undefined where there is none. */
export function valueOf({
  SecretString,
  SecretBinary,
}: {
  SecretString?: string | undefined;
  SecretBinary?: string | undefined;
}): SecretValue | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw new AwsError(
      'InvalidParameterException',
      "You can't specify both a binary secret value and a string secret value.",
    );
  }
  const bytes = SecretString === undefined ? Buffer.from(SecretBinary ?? '', 'base64') : Buffer.from(SecretString);
  if (bytes.length > MAX_VALUE_BYTES) {
    throw new AwsError('InvalidParameterException', `The secret value may have at most ${MAX_VALUE_BYTES} bytes.`);
  }
  if (SecretString !== undefined) return { text: SecretString };
  return SecretBinary === undefined ? undefined : { bytes: bytes.toString('base64') };
}

/** @throws AwsError `InvalidRequestException` when it is marked for deletion */
export function requireAlive(secret: SecretRecord): SecretRecord {
  if (secret.deleted === undefined) return secret;
  throw new AwsError(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}
