// What torchvision 0.28.0 makes of three pictures with Pillow 13.0.0: `_apply_op` of torchvision.transforms.autoaugment, with
// InterpolationMode.NEAREST and no fill, at magnitude 17 of `RandAugment()._augmentation_space(31, size)`.
import { gunzipSync } from 'node:zlib';
import type { Picture } from './picture.ts';
import type { RandAugmentOperation } from './rand-augment.ts';

export const GOLDEN_MAGNITUDE = 17;

/** 9×7, all channels different, values of 20…219. */
export const COLOURFUL: Picture = {
  width: 9,
  height: 7,
  channels: 3,
  data: Uint8Array.from({ length: 189 }, (_, i) => {
    const [x, y, channel] = [Math.floor(i / 3) % 9, Math.floor(i / 27), i % 3];
    return 20 + ((37 * x + 91 * y + 53 * channel + 7 * x * y) % 200);
  }),
};

/** Its green channel. */
export const GREY: Picture = {
  ...COLOURFUL,
  channels: 1,
  data: COLOURFUL.data.filter((_, i) => i % 3 === 1),
};

/** 32×20, large enough for `equalize` to change it. */
export const LARGE: Picture = {
  width: 32,
  height: 20,
  channels: 1,
  data: Uint8Array.from({ length: 640 }, (_, i) => 40 + (((i % 32) ** 2 + 3 * Math.floor(i / 32)) % 150)),
};

interface Golden {
  readonly operation: RandAugmentOperation;
  readonly sign: 1 | -1;
  readonly picture: Picture;
  readonly expected: Uint8Array;
}

const UNSIGNED = ['identity', 'autoContrast', 'equalize', 'solarize', 'posterize'];
const ORDER = [
  'identity',
  'autoContrast',
  'equalize',
  'rotate',
  'solarize',
  'color',
  'posterize',
  'contrast',
  'brightness',
  'sharpness',
  'shearX',
  'shearY',
  'translateX',
  'translateY',
] as const;

/** Every operation, with both signs where it has one, of the colourful and the grey picture; `equalize` of the large one. */
export const goldenOperations = (): Golden[] => {
  const cases: Omit<Golden, 'expected'>[] = ORDER.flatMap((operation) =>
    (UNSIGNED.includes(operation) ? ([1] as const) : ([1, -1] as const)).flatMap((sign) =>
      [COLOURFUL, GREY].map((picture) => ({ operation, sign, picture })),
    ),
  );
  let end = 0;
  return [...cases, { operation: 'equalize', sign: 1, picture: LARGE } as const].map((golden) => {
    const start = end;
    end += golden.picture.data.length;
    return { ...golden, expected: BYTES.subarray(start, end) };
  });
};

const BYTES = Uint8Array.from(
  gunzipSync(
    Buffer.from(
      [
        'H4sIAAAAAAACA+WYe1TTV7bHf1PnMsWKL1ChPF0QEQVDeUbEoKgQXgEChlcIIUCIJIRHUKiCoEZ88DBCFGp4BgQylxp8gLgEO1ZRanGG',
        'UmvjbdVO1ZapC7QDaqXO7Nkx8lvcIq6u6f1j1rrnr6yc/fvmfPb+nvM7OyYBO1dLmriV/Xu6KW2LAq97ZaxIUITKzuWoF2c031IOrr3q',
        'tmUl70hU6UUM0FiEf8Uo8MlRX/MUu6fVC2uHMODPazJRQdx4s/7G+iGfnPiKq1UDqz+jSzfkfVhwyvqsXYwDtzKp+nrtkE83JfY9gTK7',
        '1eS0zWbHxKPpqi9PmIfZcw6jTlBRZ2W/O4rHyfuatJtso8tEDV9gmKuwtuUrhhO/Kv+k1ae0dNa+nsabG5bHV+S2m11xFQZIKrsXeSXI',
        '1M2DbrzSbgtGjmda7eAaSeMNn4oBet4pO271EEXQapOoMufUFvUz5NroBhvhV/yTtH0349tdCd8D1OxzXNVw+WeLe4lNI9StFgnHg8q/',
        '2HHhrZxuaH/s/sBeYslr2fzBXQy4YsiE9fs8t//pbyuzVqSfFmmeYMCocy4qZJ75+dQTrzGP/PiG71sfUv/utt278ErxtbmDxjHvcptT',
        '2h5pxjyHTGIpwhN5PcSncyOtEtuyO1/0/SHENK4RdfwODKq+W4HisXUPzv7sY8yuyTj9HMPs006ehw02Seq9/XN+cJKGVtw685O3Gadp',
        '58cG95eJfbNVnxHUhPIL3Y/teR98Zrh++8p0zWPn7DNPPBoeuhVeM+a2jZkIe+Ymdv4hTnPgu/V1P7NPz02DpH6nip84Hy8z+f9c95dj',
        'KrieDr/U52QqOAlIpoVkJwHJtJDsJCCZFpKdBCTTMhVfz4gr0WdmKj7xaujQGTmEpFKHjsiYBGRHZEwCsiMyJgHZERmToIOPbyeK+nXw',
        'L5/Xg0wtvV6XpJhaer0rSAqSnbQESUGykxkji0uykxnTV3Zq0cmM6Rcztej6dOm+bR7UFZ4gkFRX+AQZkiI7GgBJkR2zgeVGdswG/6Su',
        '7JgNgtCV3UZImATsWi3hcMWe+f6UqEWBLl7yFQmi0B1+JezF8rhlydS1NB14WpSUjgFhFuF2jN0+JWx3XVp4Qr4TBry35hAqiLkOvJXr',
        'nXxK4tNpQtfVq+ilG/axdodYM3SeFyeluvCdfPx1aUkuizYJ1rFvSY9fHq4DlKBOUGGg2NMdxeMyvDj2iJ8tSlgRrGPkx9ih54V7mFZu',
        'iJ+3geuA+On7I8xW6zwv9sfC72DHUd14Un8LRolnGp+KdV/pk+5K3xdix011ogiibRLjzTn8Qk9Ghn10go3Qjs+k5TnER7gSzDpb6SVG',
        '9XBeP3GLCPqnTaZJ8pnVB25tOUfEqJ/Lv3nrp3fTFqV0rj/8Vwz45i0WrNrp8P4nP1umW2d8xFL9HQNgaRYqsFueKu4bAGWrf9X3pV8T',
        'YJfjVHA9+2NieHascdLpkNqRim9//7d34sxF51PPEvcN2IsFXVGtz+7+LnxB4knUcd/7xX4tgeKbjjyoHp5tFP/h5uNPMMwyvVf50GhJ',
        '6tmsi8QLK4l36ddHv3t7If+UuId4ZrblN+53hw3xTOFuaVlrWWvCtlUMZUS6T4w0eWf1zuowWV338Y9yj4SkrovNERc3YECBe6g6cUek',
        'ZH91WFpg8s6CqpMYUBMpQYVdyk71pR0N0dnZpS2N56X1UVnR2aX7GmP2ro2iR2fnVbS3Xny/mB7tx9uef5S5a3XE+ritu2u68t2Y3uxM',
        '1OFtV9SezUDxzIPNH14tpLHERcfOYBiDn99xbbcvZ1txQ/QH4aLUXcr/7itYG5W1SxmhCBb8RnYTRj5N3MCR9xd127WZMAZo4uUcRbCs',
        'O6fNRNysrR70vuwmXM5TRJb+CQPaLcK0jHzvnLZ+N7GbsEZYM4gBA7RMVBA33Ki5sW7QO4cjv6wYoA16Z67La8/vsDhjF72cI+dVD9QM',
        'enfbRTsnV2c2m3TYRDryFPhIu2mYHUeOOoyiM/J+NxSPll9u0G60iS4VNtzAMGdhTbOWgcEo1U8Th8l6Gm6sQ8GcdtPLzkKGWN5tQuPI',
        '2kh2XNUgruaGt3zAO6/DjlM9aJfcbMNrMOXUkOxaXgdNdoPT7kw4F5kKu8MaHqPlPiJc0Ei/C29Ez6PHtpyD9hdWo/N5syKa0IoYcI3w',
        'Bmrh0qyLY4tS0HgJGl3Ac3MRKqR0wimwQ/8z60Zbnpr+wzrDPvdq4V+ImwSDCGtAe2tgqZYInMNpl1wgBgnf30c2C7rgE2INEVKLOq57',
        'Pm94vBDFg5QPu2EF4V+VdBowbF6CpgeoBuyWguvE+GIBvfxOJ9jjPt16hRiZl+AsbNASZuEHLp57MT/iiJagZi3ia16YCzthad1T69y/',
        'EGGtQHAuEJFdRIhmz2OqEvxPEwnAvr64HJhX5vkn7oiRlon21hdUhcoZiarYHJa4GD2/Tc7IKW870BSH7sVvhLtrMKAyKEXN287ZJkdv',
        'R2WVoD8xAB9BBbR6yfH4Zs42lEKr4wduXsV2RXBV6JZw0V7JftXBZg5+3pxxYOshf9xHEen7cKNVBCaHpclQh59/dG99FIqnyepwc+Em',
        'QkEMY2cePKTmYTBKNcZIUwo/KG3homDe4YA6dmaidG8VI1a8U17eFCXeXRXE2xaddbApVlp6nLO3kZOnCBXtbw7NOBSSXhaYdjC/nidr',
        'FZaGZKrTFTGFLaLDbCvJBTymym5DH3hisSCq1efQ3dyrgGVqfQY/AAeYdevk3+z5XBcAK7aDuAfLBBFNaJXakZcBMWpUaBqDx8CHBE3p',
        '13Af2BD/ITqhB1aBR/HasttHHsAIJIDnvoBjP6BVwLnIt+Lb5nGA5XleB/8HdbIuwm0IQ/EDt+ApCN1kNxp/BAzDQ3ICxBsq758HJ4hs',
        '3vEpjEEKnningQIhtZKW22AddegqPAOm/HNYIdZENIxATMsYJHwN8Z3gUfYAPI+9cK4YX35w5CKIb4HsR+daqITIT6EUQgxt15q7h65i',
        '8NfFLmTNtku28DBZxVi2LpbGmu0RlhaUYplo5rqIGrBiIxcDNhvZi2zXWtFY/HfdzFxDXIIFGICPoIIbUxiSai2wojn5JwYkmeMHG6/I',
        'tVHzYhasREHnwORggVXsQkfT94I8ww2j5jmgpjvawMje2Mkfdezo0Qy+GYo7+vFCtyxdsHITCmKYqUtwuMh2sXOAN3tukrn7cl8OU2iD',
        'j3hFzkk0dbF1Z8TOtli1jhWWYkbdGGtkS3vXNTjFwp2ZauWfZOUVtWBVoGDhe+HzqKFGTsF0vq3flpXMeS4iZ7a5r9Ap0vTNd9o/PrL8',
        'ziTxnega/8pv9nz5XxeI9RO0V3faRfwWXvOPqkeUEdvMpZJTyR1PWsYc9HfauodLHy+Trsy7XPAJ8ec5AQvYlXH19/V32gXcP6Z1ER8T',
        'ISYxteknn/bNos2LfHWnPXaXMkGTBVXdP/XM6R1GmUgzfu3tTb/2TvvIJLryS4KW48lvfmQr6RjzqXi4LO+TOez6IQq3i4g5OSuytugu',
        'reoZQ/P2lHP+jewlHZzWiMzA1DKBrHFP9cb6NbzzUa/YI7OqMo6cquyIPMHKDJNUSg93VZ2J1rMfag87uVkam3ek4Bi9fo1wXUplmrxT',
        'zx6WXvJ+lWuTD2eDsDy94uxRl1R60iv2ko6N56O2pu0/XtnN8UotE8k7lZ7Jv5a9IyJVVr0mKscz60gHS3L4jE9F++a8Y2tS5EOU9Cof',
        'YYVLUm1RR9T+7lS5569l/zd6mZkaGbyBztTI4NRMjQxOzQSOU294v0++3onJ1zsx+YojyFbm/5wdlzRTK6frPWZo5ciGZXoGcGqm0r+B',
        'nZi83BCTlxti8gVPTBaeZJ8OOL1ZIwGnN2tkfac3a2R9SfDp9SXBp9eXBCemjQB9/8bI0bdviKxv37De+vYN643o+nojur7eiK5/nGSf',
        'rkyyT7cEyT49Y9NbPDJj01s8MmPTWzwyYyT79Iwhu36pyK43ALLrs6Fv6DAb+oYOs6Fv6DAbX+k7OhvhLzIwFfMXGZiK+Ysmdyqmfuq1',
        'tn/Vcr/O9vqp19peP/Va25M7/iW9DvplO6uDJiZNT0yanpg0PTFp+tfudP3PvXan66dm2uk4ZjrocMx00OGY6aDDMdNBpzsh9cUmiFe7',
        'nSAmdzsxedQRk0cdMXnUEf/rX5sZxn/+31lTN/6/0dD95/8p94bq/Ja/6XRjlqGxrQcrV3lpGMBB0jkOLophYPaCRxcwtYTCwHC+mQM9',
        'rlB1bRSAmtszAV7KUWD3Ab0X2HcMlEbzl1hT/ZKK1YPjQHgUXgLwVY0DdwD8+oB7z0hlvMSS4sEUlWtuToABvfgaQKB6ghAMAXMABMPG',
        'ajNLW0c6W6roug1g5Fc+CLNYGjCQaIE9BJJRM421rYOLHzdf2fstgDFTcRMM47rAKPcOcLWQO27dRXGgejEFMlXf9wBmbOVtmJ/UC8aF',
        '90BwBwonKL2OVA9ftqREPTACYM1VfQtLRH1gVjwMkntEMTj2uXjQA7m5lZqhMQCKQP09WEoHwLp8lMgdNigHlwEvuh9LUHisS/scwFGi',
        'GQHb/CGgKMYNCkeNFOA15OvHjJMUN/beAZjlkts1Bg4yLTgqJ4yKx42V4KsNZLKTcsvb+u4BGHoV9j4HaskdcFGBcfmEmQoC77DYXFGh',
        '4sQAZn++b3EfgEflPfBSg5kCrNXAuhfHFUiLlZ1DmP0lgeUDAPRjw+CrAWslUDQQN5wkkOSXq3q02BtZshRDAH6NoxDYBRQVOHZB0qhI',
        'kitTqC/dmQCwjVNqYRazbRxYveCoBpdeEI1LcwtLlJpruDxwSFLdAUP2iQmI6wMXDXj1gXQiv7C4UtU1iMubRRWp78F8bifMShoAry7w',
        'HYB8kBWXH1P33sTlGXpINcOwRNADhqIh8O2FwCGQQUm5olHTdxuXN5+e3zUKlpJLMF+qhcA+YGmhBP4FwfYWKSQZAAA=',
      ].join(''),
      'base64',
    ),
  ),
);
