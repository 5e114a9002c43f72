/**
 * Written by `npm run docs`: arguments and description of each command, as its file has them. `--help` shows them without loading a
 * command.
 */
export const SUMMARIES: Readonly<Record<string, readonly [usage: string, description: string]>> = {
  init: [
    "[options] [env]",
    "make a new environment: a commented baseline.yaml to fill in; with --repository a company's repository; overwrites nothing",
  ],
  sync: ["[options] <env>", "read the facts of an organization from AWS into organization.yaml; reads only"],
  adopt: [
    "[options] <env>",
    "propose what of an existing organization becomes the baseline's own without a change in AWS: permission sets, assignments, SCPs, OIDC providers",
  ],
  validate: ["[options] [env]", "check the files of one environment, or of all of them"],
  show: ["[options] [env]", "what an organization would become: stacks, guardrails, break glass"],
  review: ["[options] [plans...]", "say what plans change in terms of access, worst first; a gate for pull requests"],
  approve: [
    "[options] <review>",
    "write approvals of changes into an environment's approvals.yaml, or take out those that serve or have ended",
  ],
  "pull-request": [
    "[options]",
    "review what a pull request makes of this checkout, with this checkout's code, facts and approvals",
  ],
  comment: ["[options]", "post a review to a pull request on GitHub: one comment, updated in place"],
  pipeline: [
    "[options]",
    "the environments that a repository's workflow plans and applies, with their roles, as the baselines say",
  ],
  plan: [
    "[options] <env> [stacks...]",
    "plan the synthesized stacks of an environment and review the plans; with --output record what may be applied",
  ],
  apply: [
    "[options] <env> [stacks...]",
    "plan the synthesized stacks of an environment, show and ask, and apply these plans in the right order; with --reviewed apply exactly what npx keyless plan has reviewed",
  ],
  recover: [
    "<env> [stacks...]",
    "after an interrupted apply: take into the state what is in AWS and is managed by keyless, and say whose a lock is; changes states, and nothing in AWS",
  ],
  reshard: [
    "[options] <env>",
    "divide Identity Center's permission sets into another number of stacks without making or deleting one: baseline.yaml and moves.yaml for it",
  ],
  prove: [
    "[options] [env]",
    "prove what the guardrails claim, and that they lock nobody out: the matrix, and counterexamples",
  ],
  explain: ["[options] <env>", "whether AWS would allow one request, and which statements decide"],
  "who-can": [
    "[options] <env>",
    "who may call one action in an account: everybody that is known, and any other role, user, outsider",
  ],
  verify: [
    "[options] <env>",
    "what is true in AWS now, compared with what is planned; reads AWS, no Terraform and no state",
  ],
  crl: [
    "[options] <env>",
    "import and refresh the revocation lists of trust anchors; says first what it would do, and asks",
  ],
  drill: [
    "[options] <env>",
    "practise break glass: assume the role in every account, see who does not get in, wait for the alarms, keep the record",
  ],
  report: [
    "[options] <env>",
    "one HTML page of an organization: map, journey, proofs, exceptions, break glass; reads files only",
  ],
  inventory: [
    "[options] <env>",
    "every long-term credential: whose it is, when and by what it was used, what should replace it",
  ],
  move: [
    "[options] <env>",
    "from key to role: where each move is by what is seen, what it waits for, who has to act; kits for the consumers",
  ],
  retire: [
    "[options] <env>",
    "deactivate access keys that nobody uses, delete those that were inactive for long; prints and stops unless --apply",
  ],
  impact: ["[options] <env>", "what the guardrails would have done to the calls in CloudTrail logs"],
  ready: ["[options] <env>", "may guardrails go from observe to enforce? exit code 3 while something prevents it"],
  dismantle: [
    "[options] <env> [stacks...]",
    "take away everything that an environment has made, in the order in which nobody is locked out: guardrails first, emergency access last",
  ],
  upgrade: [
    "[options]",
    "what the installed version changes in access, against the version of the last commit; reads only unless --apply",
  ],
};
