// Layers whose statistics belong to a domain.

import type { Subject } from './subject.ts';

export const domainSubjects: readonly Subject[] = [];
