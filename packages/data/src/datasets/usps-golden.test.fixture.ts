// HDF5 files written by h5py 3 in Python, in the layout of the USPS file, gzipped.
import { gunzipSync } from 'node:zlib';

const unpacked = (...lines: string[]): Uint8Array => gunzipSync(Buffer.from(lines.join(''), 'base64'));

/** train: 3 images of (p + i) mod 256 in 255ths at pixel p of image i, labels 0, 1, 2; test: 2 such images, labels 7, 8. */
export const USPS_FILE = unpacked(
  'H4sIAAAAAAACA+1aeVxUVRR+M0ASaUEpoi2SUtG+lyXvfFpitKmplZWVlKaWWSmV7WziAIqICIjILiIqIiK7gIhsIiIqIiqOgIioiIiI',
  'gOCBmSkGDc02fz/e/ee8+955877vnu/Mu+fMOFuNHNXHYKCB0D709QVdwVDoPNrUI89Me665PlltZWqrUNtwuea8rOOaifq8kfrzu/pN',
  'GGdp2e7d1mVonqPUU1l9QRo9cVhZjhjbbieq5xo9Zcu1/WxmW8+Y1W6nzrHprMvh1/ncP9OvlY5qPl3v2vQ7tK/KGkqhlPTbSU8KPW2/',
  'KdY21h06tp49barN39fv+NFjRsoE+e+68zPW/r7OUM8rTLS/X011tP266r2nDZmgp1oLmWZurrJy1QkdQftFePncpOPQyHQQv2M7Vljo',
  'ry/0/03tpscr335dLld9oL5aITqyoZqQ9NZGNPd/XxM7W9thdraCxZa04RZ8bBEUGMjHaRZHlEqeC+Jid0MxKNBU3BD1hMg+4q6CseIR',
  '5WTxTO3XIvuLzgoF+7iLy3x82C9QXB0ezr5RYkJ8PPuniTnZ2XxPgbi/uJjvU4rHq6r43lrxQmMj3y/QPEddclbo08IFvYmfRUs9+9Iy',
  'HxNa4XcX8XNpZagZrQ43p3VrHyHGQJtinqGE+KG0OdmCGA9tyxhJOdlWtCPvDWJstHfPBNpfPJEOHZxEjJOOVkyh41XT6dTJmcSY6Vy9',
  'DV1onEsXW34mxk8O9vaMwZHmOzkxDgW5urgwlgW0yM2N8bjTEg8PxuRJ3l5ejMuHlvv6MjY/CvD3Z3yBFBIczBhDaVVYGOMMpzUREYx1',
  'La2PjGS8UbQxOpoxx1BcbCzjjqekxETGnkypKSmMP422pqczhwzKysxkHtm0PTeXueTRzvx85lNAuwsLmdMe2ldUxLyK6UBJCXM7SIdL',
  'S5mfksrLyphjBR2rrGSeVXSiupq5nqTTNTXMt5bO1tUx53o639DAvBupuamJubdQW2sr8xdgbyeDg70cjg464FjAaZ4e5jvdBMX8XuC4',
  'wMX5Zri6GGCB6y3gGMFtYR8scrsV7otuA8cLHouNsMTjdnguuQMcO3gt7QdvL2P4ePcHxxG+ywZgue9A+C2/ExxT+K+4GwH+9yAwYBA4',
  'vggOuhchwYMRGjIEHGuErbwPq8LuR/iqB8BxR8TqB7Em4iGsXfMwWAOIXPco1kc+hqj1j4P1gOgNT2Jj9FOI2fg0WBuI3fQs4mKfQ3zc',
  '82CdIDHhBSQlvojkpGFgzSBls4jUFEJaKsD6QfqWEdia/hIytr4M1hIyt1kiK3MUsrNeAesKuTmvYnvua8jb/jpYY8jf8SZ25o9Gwc4x',
  'YL2hcNdb2F04Dnt2jwdrD0V738a+ondQvO9dsA5Rsv89HCh5HwcPfADWJEoPfYjDpR9BefhjsD5RdsQa5WWfoKL8U7BWUXl0Ko5Vfoaq',
  'Y9PAukX18Rk4Uf05Tp74Aqxh1Jz6EqdrZqH29FdgPaPuzDc4Wzcb9WfngLWNhnPf4nzDd2g8/z1Y52i68AOam35ES/NPYM2j9eIvaGv9',
  'FYJgCyn3pdyXcr9n5r7q3S/lvpT7Uu73zNy3HaapKzXFiXmv7msFTf1p20/qBXRfV6rqPplMu678wxp2uBrywmvqyO7rR3fjK5aPgvsN',
  'vCbMo5veW9eexdV6bzMHS703qfd2ee9Nd8C/23u7Ws9I3qVHJP/HekYzBwpX/LlE6hlJe0dp7yjtHaWekZT7Uu5Luf/f1o1da8ZJA66t',
  'ZowZIu1h/0rNqNlHyq+7Zswwu/K/bW7MmrGXGuklsXS2IMwkAAA=',
);

/** train: 2 images, one with a value of −1; test: 2 images of 8×8, and 3 labels. */
export const WRONG_USPS_FILE = unpacked(
  'H4sIAAAAAAACA+v0cHHj5ZLiYgABDg4GFgYBBmTwHwrOSKHyYfIJUJoRSndA6RVMMHFGsJwEVFwQaj66upAgV1eQ6v9oAGbPA1YIzcEw',
  'CkYi8HB1DADREVA+LD2dYEJVV1KUmJkHolOLS5DTpQOZ9uJKvx7MEH4GK3Hp1wKarQRGo3I0/SKlpw5WVHUpiSWJ4HScWJSeWkJ5+g32',
  '83dhZGCCp7sZQqjl9QEo/4EIavmqwIyqDj29jzTAyMAKCQtGGF8DQjNBBJgYUCtCdD4zMMZBTEEFeWAdCw5hBnEOBvF6qDJWYMiD5JmY',
  'IAZyQFMIM6MFLErQqr6K0Uw1CkbBKBgEoGH/aBiMglEwcgCsXQlrlGiw41cPa382CI6GHf52JaTdx8iI2q6E0czAkATJCAADHtaOxN9+',
  'nCCEfeRkwiAPF+z9bvT+CqF+d4bEaL97tN+N2e9mEKVtvxszX1tAaGbUfI3eucMlTn7/MUMMzWhYzhhNHKNgwNoLEaLEtRc2SI6GHSnt',
  'BWZ4eUFue+EAdKaHZ0i1F0AAAA7n32bMGgAA',
);
