import { AwsError } from '../aws/aws-error.js';
import { AttributesOperation } from './attributes-operation.js';
import { BucketOperations } from './bucket-operations.js';
import { CompleteOperation } from './complete-operation.js';
import { CopyOperation } from './copy-operation.js';
import { COPY_SOURCE } from './copy-source.js';
import { DeleteOperations } from './delete-operations.js';
import { GetOperations } from './get-operations.js';
import { ListOperations } from './list-operations.js';
import { PutOperations } from './put-operations.js';
import type { S3Answer } from './s3-answer.js';
import type { S3Context, S3Operation } from './s3-context.js';
import { invalidRequest, notImplemented } from './s3-errors.js';
import type { BucketRequest, ObjectRequest, S3Request } from './s3-request.js';
import { UploadListing } from './upload-listing.js';
import { UploadOperations } from './upload-operations.js';
import { refuseUnsupported } from './unsupported.js';

/** Parameters that make another operation of a request, in the order in which they are looked for. */
const SUBRESOURCES = ['uploads', 'uploadId', 'tagging', 'location', 'versioning', 'delete', 'attributes', 'list-type'];

type Routes<R extends S3Request> = Readonly<Record<string, S3Operation<R>>>;

/** Which operation a request means: by its method, by what it names, and by a parameter or a header. */
export class S3Routes {
  private readonly service: Routes<S3Request>;
  private readonly bucket: Routes<BucketRequest>;
  private readonly object: Routes<ObjectRequest>;

  constructor(context: S3Context) {
    const buckets = new BucketOperations(context);
    this.service = { GET: (request) => buckets.listBuckets(request) };
    this.bucket = bucketRoutes(context, buckets);
    this.object = objectRoutes(context);
  }

  /** @throws AwsError also for what there is no operation for */
  async answer(request: S3Request): Promise<S3Answer> {
    refuseUnsupported(request);
    if (namesObject(request)) return operation(this.object, request)(request);
    if (namesBucket(request)) return operation(this.bucket, request)(request);
    return operation(this.service, request)(request);
  }
}

function bucketRoutes(context: S3Context, buckets: BucketOperations): Routes<BucketRequest> {
  const list = new ListOperations(context);
  const deletes = new DeleteOperations(context);
  const uploads = new UploadListing(context);
  return {
    GET: (request) => list.listObjects(request),
    'GET ?list-type': (request) => list.listObjectsV2(request),
    'GET ?location': (request) => buckets.getBucketLocation(request),
    'GET ?versioning': (request) => buckets.getBucketVersioning(request),
    'GET ?uploads': (request) => uploads.listUploads(request),
    PUT: (request) => buckets.createBucket(request),
    HEAD: (request) => buckets.headBucket(request),
    DELETE: (request) => buckets.deleteBucket(request),
    'POST ?delete': (request) => deletes.deleteObjects(request),
  };
}

function objectRoutes(context: S3Context): Routes<ObjectRequest> {
  const puts = new PutOperations(context);
  const gets = new GetOperations(context);
  const copies = new CopyOperation(context);
  const deletes = new DeleteOperations(context);
  const uploads = new UploadOperations(context);
  const completion = new CompleteOperation(context);
  const uploadListing = new UploadListing(context);
  const attributes = new AttributesOperation(context);
  return {
    GET: (request) => gets.getObject(request),
    HEAD: (request) => gets.getObject(request),
    PUT: (request) => puts.putObject(request),
    'PUT copy': (request) => copies.copyObject(request),
    DELETE: (request) => deletes.deleteObject(request),
    'GET ?attributes': (request) => attributes.getAttributes(request),
    'GET ?tagging': (request) => puts.getTags(request),
    'PUT ?tagging': (request) => puts.putTags(request),
    'DELETE ?tagging': (request) => puts.deleteTags(request),
    'POST ?uploads': (request) => uploads.createUpload(request),
    'PUT ?uploadId': (request) => uploads.uploadPart(request),
    'PUT ?uploadId copy': (request) => uploads.uploadPartCopy(request),
    'GET ?uploadId': (request) => uploadListing.listParts(request),
    'POST ?uploadId': (request) => completion.completeUpload(request),
    'DELETE ?uploadId': (request) => uploads.abortUpload(request),
  };
}

function namesBucket(request: S3Request): request is BucketRequest {
  return request.bucket !== undefined;
}

function namesObject(request: S3Request): request is ObjectRequest {
  return request.bucket !== undefined && request.key !== undefined;
}

function operation<R extends S3Request>(routes: Routes<R>, { method, query, headers }: R): S3Operation<R> {
  const subresource = SUBRESOURCES.find((name) => query.has(name));
  if (method === 'PUT' && query.has('partNumber') && subresource !== 'uploadId') {
    throw invalidRequest('A part needs the upload it belongs to.');
  }
  const copy = method === 'PUT' && headers.has(COPY_SOURCE) ? ' copy' : '';
  const found = routes[`${method}${subresource === undefined ? '' : ` ?${subresource}`}${copy}`];
  if (found) return found;
  throw noOperation(method, subresource ?? (copy === '' ? undefined : COPY_SOURCE));
}

function noOperation(method: string, wanted: string | undefined): AwsError {
  if (wanted !== undefined) return notImplemented(wanted);
  if (method === 'POST') return notImplemented('multipart/form-data');
  return new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
}
