import { openOwnS3 } from '../support/s3-engines.js';
import { s3Contract } from './s3-endpoint.contract.js';

s3Contract('the embedded endpoint', async () => ({ ...(await openOwnS3()), bucket: 'penstock' }));
