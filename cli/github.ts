import { GitHub } from "../modules/delivery/pull-request/github";
import { usage } from "./usage";

/** GitHub as a workflow sees it: the token of GITHUB_TOKEN, the address of GITHUB_API_URL. */
export function gitHub(): GitHub {
  const token = process.env["GITHUB_TOKEN"];
  if (!token)
    throw usage(
      "GITHUB-TOKEN",
      "There is no token.",
      "Set GITHUB_TOKEN; in a workflow: env: GITHUB_TOKEN: ${{ github.token }}.",
    );
  return new GitHub({ url: process.env["GITHUB_API_URL"] ?? "https://api.github.com", token });
}
