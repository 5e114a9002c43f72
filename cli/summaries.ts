/**
 * Written by `npm run docs`: arguments and description of each command, as its file has them. `--help` shows them without loading a
 * command.
 */
export const SUMMARIES: Readonly<Record<string, readonly [usage: string, description: string]>> = {
  init: [
    "[options] [env]",
    "create an environment: a commented baseline.yaml to fill in; with --repository also a company's repository; overwrites nothing",
  ],
  sync: ["[options] <env>", "read the facts of an organization from AWS into organization.yaml; reads only"],
  adopt: [
    "[options] <env>",
    "propose which permission sets, assignments, SCPs and OIDC providers of an existing organization the baseline takes over, without a change in AWS",
  ],
  validate: ["[options] [env]", "check the files of one environment, or of all, and run the proofs; reads files only"],
  show: ["[options] [env]", "print the planned organization: stacks, guardrails, break glass; reads files only"],
  review: ["[options] [plans...]", "say what plans change in terms of access, worst first; a gate for pull requests"],
  approve: [
    "[options] <review>",
    "write approvals of changes into an environment's approvals.yaml, or remove those that are used up or have ended",
  ],
  "pull-request": [
    "[options]",
    "review what a pull request makes of this checkout, with this checkout's code, facts and approvals",
  ],
  comment: ["[options]", "post a review to a pull request on GitHub: one comment, updated in place"],
  pipeline: [
    "[options]",
    "list the environments that a repository's workflow plans and applies, with their roles, as the baselines say",
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
    "after an interrupted apply: import into the state what is in AWS and managed by keyless, and break dead locks; changes states, and nothing in AWS",
  ],
  reshard: [
    "[options] <env>",
    "propose another number of stacks for Identity Center's permission sets: baseline.yaml and moves.yaml; no permission set is made or deleted",
  ],
  prove: [
    "[options] [env]",
    "prove the guardrails' promises, and that they lock nobody out, or print the counterexamples; reads files only",
  ],
  explain: [
    "[options] <env>",
    "explain whether AWS would allow one request, and which statements decide; reads files only",
  ],
  "who-can": [
    "[options] <env>",
    "list who may call one action in an account: everybody that is known, and any other role, user or outsider; reads files only",
  ],
  verify: [
    "[options] <env>",
    "compare AWS as it is now with what is planned; reads only, needs no Terraform and no state",
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
    "write one HTML page of an organization: map, journey, proofs, exceptions, break glass; reads files only",
  ],
  inventory: [
    "[options] <env>",
    "list every long-term credential: whose it is, when and by what it was used, what should replace it",
  ],
  move: [
    "[options] <env>",
    "follow each access key on its way to a role: how far it is by evidence, what it waits for, who has to act; kits for the consumers",
  ],
  retire: [
    "[options] <env>",
    "deactivate access keys that nobody uses, delete those that were inactive for long; prints and stops unless --apply",
  ],
  impact: ["[options] <env>", "show what the guardrails would have done to the calls in CloudTrail logs"],
  ready: [
    "[options] <env>",
    "say whether guardrails may go from observe to enforce; exit code 3 while something prevents it",
  ],
  dismantle: [
    "[options] <env> [stacks...]",
    "take away everything that an environment has made, in the order in which nobody is locked out: guardrails first, emergency access last",
  ],
  upgrade: [
    "[options]",
    "show what the installed version changes in access, compared with the version of the last commit; reads only unless --apply",
  ],
};
