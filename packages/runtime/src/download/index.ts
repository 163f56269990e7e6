/** Large files over HTTP: resumable, checked, with progress. Loads no TensorFlow.js. */
export { type Digest, digestOf } from './digest.ts';
export { download, type DownloadOptions, type DownloadRequest } from './download.ts';
export { type Progress, showProgress } from './progress.ts';
