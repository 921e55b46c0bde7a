/** What content may say of itself: a type, and parameters in printable ASCII, as a header can carry them. */
export const MEDIA_TYPE = /^[\w.+-]{1,80}\/[\w.+-]{1,80}(?:[ \t]*;[\u0020-\u007e]{0,100})?$/u;
