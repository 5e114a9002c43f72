/** IAM path of the break-glass users. */
export const BREAK_GLASS_USER_PATH = "/break-glass/";
