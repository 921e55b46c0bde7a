/** Whom the embedded AWS engines of the tests know. */
export const IDENTITY = { accessKeyId: 'penstock', secretAccessKey: 'a-secret-of-the-tests' };
export const REGION = 'us-east-1';
