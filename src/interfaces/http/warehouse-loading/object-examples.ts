/** Answers as the document of the DWH Helper shows them, and what stands beside. */
export const OBJECTS_EXAMPLE = {
  prefix: 'folder/',
  objects: [
    {
      Key: 'folder/file1.txt',
      LastModified: '2024-01-15T10:00:00.000Z',
      Size: 1024,
      ETag: '"d41d8cd98f00b204e9800998ecf8427e"',
    },
  ],
  prefixes: ['folder/2024/'],
  count: 1,
  next: 'Zm9sZGVyL2ZpbGUxLnR4dA',
};

export const OBJECT_INFO_EXAMPLE = {
  key: 'path/to/file',
  exists: true,
  size: 1024,
  etag: '"d41d8cd98f00b204e9800998ecf8427e"',
  last_modified: '2024-01-15T10:00:00.000Z',
  content_type: 'text/plain',
  version_id: 'v123',
  metadata: {},
};

export const ABSENT_OBJECT_EXAMPLE = { key: 'path/to/file', exists: false, size: null };

export const RECEIPT_EXAMPLE = { key: 'path/to/file', etag: '"abc123"', version_id: 'v123', size: 1024 };

export const PRESIGNED_EXAMPLE = {
  key: 'path/to/file',
  method: 'GET',
  url: 'https://your-bucket-name.s3.us-east-1.amazonaws.com/path/to/file?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=…',
  expires_at: '2024-01-15T10:15:00.000Z',
};
