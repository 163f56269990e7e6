// TFRecord files written by TensorFlow 2.21 in Python, `tf.io.TFRecordWriter`.

/** The records `a`, the empty one, and `plumb line`. */
export const TENSORFLOW_TEXT = Buffer.from(
  'AQAAAAAAAAABdd5BYXhu5CgAAAAAAAAAACkDmAfY6oKiCgAAAAAAAACuo786cGx1bWIgbGluZfAHW7U=',
  'base64',
);

/**
 * Two `tf.train.Example`s with the features of TensorFlow DeepLab, x to the right and y down:
 *
 * 1. 2007_000032, 8×6, a JPEG, and a grey PNG of 255 where x = 0, else 0 where y < 3, else 15. Serialized with
 *    `deterministic=True`: features in the order of their names.
 * 2. sets/b/Zürich 1.png, 5×4, a PNG of rgb(50x, 60y, 0), and a palette PNG of x + y whose colour i is
 *    rgb(3i, 3i + 1, 3i + 2). Features in no order, and two more: image/ids, the integers −1, 2^40, 3, and image/score,
 *    two floats.
 */
export const TENSORFLOW_EXAMPLES = Buffer.from(
  [
    '0gMAAAAAAAAcA391Cs8HChcKDmltYWdlL2NoYW5uZWxzEgUaAwoBAwqlBQoNaW1hZ2UvZW5jb2RlZBKTBQqQBQqNBf/Y/+AAEEpG',
    'SUYAAQEBASwBLAAA/9sAQwAGBAUGBQQGBgUGBwcGCAoQCgoJCQoUDg8MEBcUGBgXFBYWGh0lHxobIxwWFiAsICMmJykqKRkfLTAt',
    'KDAlKCko/9sAQwEHBwcKCAoTCgoTKBoWGigoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo',
    '/8AAEQgABgAIAwEiAAIRAQMRAf/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQEC',
    'AwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm',
    'Z2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq',
    '8fLz9PX29/j5+v/EAB8BAAMBAQEBAQEBAQEAAAAAAAABAgMEBQYHCAkKC//EALURAAIBAgQEAwQHBQQEAAECdwABAgMRBAUhMQYS',
    'QVEHYXETIjKBCBRCkaGxwQkjM1LwFWJy0QoWJDThJfEXGBkaJicoKSo1Njc4OTpDREVGR0hJSlNUVVZXWFlaY2RlZmdoaWpzdHV2',
    'd3h5eoKDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uLj5OXm5+jp6vLz9PX29/j5',
    '+v/aAAwDAQACEQMRAD8Az/B3w3svk5j/ACooorlo16nLubcP5pi/qcf3jP/ZCiEKDmltYWdlL2ZpbGVuYW1lEg8KDQoLMjAwN18w',
    'MDAwMzIKGAoMaW1hZ2UvZm9ybWF0EggKBgoEanBlZwoVCgxpbWFnZS9oZWlnaHQSBRoDCgEGCnYKIGltYWdlL3NlZ21lbnRhdGlv',
    'bi9jbGFzcy9lbmNvZGVkElIKUApOiVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAAAAADbboAnAAAAFUlEQVQImWP4zwABTAzoDBYG',
    'flxSADe8ARuBq1QyAAAAAElFTkSuQmCCCioKH2ltYWdlL3NlZ21lbnRhdGlvbi9jbGFzcy9mb3JtYXQSBwoFCgNwbmcKFAoLaW1h',
    'Z2Uvd2lkdGgSBRoDCgEIyTxRokwCAAAAAAAA6TTB7wrJBApkCg1pbWFnZS9lbmNvZGVkElMKUQpPiVBORw0KGgoAAAANSUhEUgAA',
    'AAUAAAAECAIAAADJUWIXAAAAFklEQVQImWNkYGAwQkIsDDYMyIAQHwBCdAGKoKLV9wAAAABJRU5ErkJgggoqCg5pbWFnZS9maWxl',
    'bmFtZRIYChYKFHNldHMvYi9aw7xyaWNoIDEucG5nCugBCiBpbWFnZS9zZWdtZW50YXRpb24vY2xhc3MvZW5jb2RlZBLDAQrAAQq9',
    'AYlQTkcNChoKAAAADUlIRFIAAAAFAAAABAgDAAAAce0FcgAAAGBQTFRFAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g',
    'ISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fEXP+UQAAABhJREFU',
    'eJxjYGBkYmYBE6wMIIKNAUSwAwACogBHQB7tygAAAABJRU5ErkJgggobCgtpbWFnZS9zY29yZRIMEgoKCAAAAD8AAABAChcKDmlt',
    'YWdlL2NoYW5uZWxzEgUaAwoBAwoqCh9pbWFnZS9zZWdtZW50YXRpb24vY2xhc3MvZm9ybWF0EgcKBQoDcG5nChQKC2ltYWdlL3dp',
    'ZHRoEgUaAwoBBQoXCgxpbWFnZS9mb3JtYXQSBwoFCgNwbmcKIgoJaW1hZ2UvaWRzEhUaEwoR////////////AYCAgICAIAMKFQoM',
    'aW1hZ2UvaGVpZ2h0EgUaAwoBBAulNXY=',
  ].join(''),
  'base64',
);

/** Where the second record begins. */
export const SECOND_EXAMPLE = 994;
