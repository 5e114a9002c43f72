/** Bytes of `crlData`: https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_ImportCrl.html */
export const MAX_REVOCATION_LIST_BYTES = 300_000;

/** For each trust anchor; not adjustable: https://docs.aws.amazon.com/rolesanywhere/latest/userguide/quotas.html */
export const MAX_REVOCATION_LISTS = 2;
