/** Errors by which AWS says that the caller lacks the permission; EC2 and some others have their own names. */
const DENIALS = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "UnauthorizedOperation",
  "Client.UnauthorizedOperation",
  "Client.UnauthorizedAccess",
  "AuthorizationError",
  "NotAuthorized",
  "UnauthorizedException",
  "AuthorizationErrorException",
]);

export function isDenial(errorCode: string | undefined): boolean {
  return errorCode !== undefined && (DENIALS.has(errorCode) || errorCode.endsWith("AccessDenied"));
}
