// The chart library with its style, fetched after the page.
import "uplot/dist/uPlot.min.css";
export { default as UPlot } from "uplot";
