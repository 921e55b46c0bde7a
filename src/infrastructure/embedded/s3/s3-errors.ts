import { AwsError } from '../aws/aws-error.js';

// The refusals of S3 that more than one operation makes, by their names.

export function noSuchBucket(bucket: string): AwsError {
  return new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: bucket });
}

export function noSuchKey(key: string): AwsError {
  return new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
}

export function noSuchUpload(uploadId: string): AwsError {
  const message =
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.';
  return new AwsError('NoSuchUpload', message, 404, { UploadId: uploadId });
}

/** `condition`: the header that did not hold, as S3 spells it. */
export function preconditionFailed(condition: string): AwsError {
  const message = 'At least one of the pre-conditions you specified did not hold';
  return new AwsError('PreconditionFailed', message, 412, { Condition: condition });
}

export function invalidArgument(name: string, value: string, message: string): AwsError {
  return new AwsError('InvalidArgument', message, 400, { ArgumentName: name, ArgumentValue: value });
}

export function invalidRequest(message: string): AwsError {
  return new AwsError('InvalidRequest', message);
}

export function malformedXml(): AwsError {
  const message = 'The XML you provided was not well-formed or did not validate against our published schema';
  return new AwsError('MalformedXML', message);
}

/** `what`: the header, parameter or operation that is not to be had here. */
export function notImplemented(what: string): AwsError {
  const message = 'A header or query you provided requests functionality that is not implemented.';
  return new AwsError('NotImplemented', message, 501, { Header: what });
}

export function entityTooLarge(bytes: number, limit: number): AwsError {
  const details = { ProposedSize: String(bytes), MaxSizeAllowed: String(limit) };
  return new AwsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', 400, details);
}

export function badDigest(message: string): AwsError {
  return new AwsError('BadDigest', message);
}
