import { map } from "../../page/browser/map";
import { startPage } from "../../page/browser/start";
import { EMPTY } from "../../page/browser/state";
import type { PageData } from "../page-data";
import { accountDetails } from "./account";
import { layersOf } from "./layers";
import { breakGlass, exceptions, journey, proofs } from "./views";

const data = JSON.parse(document.getElementById("data")!.textContent) as PageData;
const layers = layersOf(data);

startPage({
  empty: EMPTY,
  tabs: [
    ["map", "Map", (view, go) => map({ data, layers, view, go })],
    ["journey", "Journey", () => journey(data)],
    ["proofs", "Proofs", () => proofs(data)],
    ["exceptions", "Exceptions", () => exceptions(data)],
    ["break-glass", "Break glass", () => breakGlass(data)],
  ],
  sources: data.sources,
  details: {
    ids: data.accounts.map(({ id }) => id),
    make: (position, close) => accountDetails(data, position, close),
  },
});
