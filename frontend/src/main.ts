// Everything a server-rendered page needs from a script. Pages work without it, only slower to use.
import "htmx.org";
import "./main.css";
import { watchSelections } from "./bulk";
import { runClocks } from "./clock";
import { askFirst } from "./confirm";
import { copyOnClick } from "./copy";
import { submitOnChange } from "./filters";
import { listenToKeys } from "./keyboard";
import { typeLines } from "./lines";
import { lockWhenIdle } from "./lock";
import { offerMap } from "./map-button";
import { offerPosition } from "./position";
import { showFailures, signRequests } from "./requests";
import { openWhereWide, toggleOnClick } from "./toggle";

document.documentElement.classList.add("js");
document.querySelector(".nav-tabs .active")?.scrollIntoView({ block: "nearest", inline: "center" }); // tabs scroll on a phone
signRequests();
showFailures();
toggleOnClick();
openWhereWide();
copyOnClick();
offerPosition();
offerMap();
runClocks();
submitOnChange();
watchSelections();
askFirst();
listenToKeys();
typeLines();
lockWhenIdle();
