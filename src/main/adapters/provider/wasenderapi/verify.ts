import { hash, timingSafeEqual } from 'node:crypto';
import type { Proof, RawRequest, Secrets } from '../../../core/ports/provider.ts';

const HEADER = 'x-webhook-signature';

/**
 * Is this request from the provider? The header carries the webhook secret itself, not a signature of the
 * body (the vendor's documents, SDKs and n8n node agree; one article speaks of an HMAC, no code does it).
 * So it only proves that the sender knows the secret. Hashing first makes both sides equally long. Two
 * such headers arrive joined by a comma, which equals no secret.
 */
export function prove(request: RawRequest, secrets: Secrets): Proof {
  const secret = secrets.webhookSecret;
  if (secret === undefined || secret === '') return { ok: false, why: 'no-secret' };
  const given = headerOf(request.headers);
  if (given === undefined || given === '') return { ok: false, why: 'no-signature' };
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', secret, 'buffer')) ? { ok: true } : { ok: false, why: 'wrong-signature' };
}

/** Node writes header names in small letters; others may not. */
function headerOf(headers: RawRequest['headers']): string | undefined {
  const direct = headers[HEADER];
  if (direct !== undefined) return direct;
  for (const name in headers) if (name.toLowerCase() === HEADER) return headers[name];
  return undefined;
}
