export { Random } from "../../soak/random";
