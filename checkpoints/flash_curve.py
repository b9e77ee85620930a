"""The figure of results/flash-curve.json and flash-curve-large.json: bits per byte against bytes of flash, a line for each family."""
import math

# Rows are called FAMILY SIZE KB, and a vanilla model of floats that was rounded belongs to another family.
FAMILIES = {"routed ternary": "#d55e00", "routed int4": "#0072b2", "vanilla int4": "#009e73", "vanilla int8": "#aa4499",
            "vanilla float": "#777777"}
STYLE = """text { font: 14px sans-serif; fill: #222 } .grid { stroke: #ddd } .page { fill: #fff } .line { fill: none; stroke-width: 2.5 }
.bar { stroke-width: 1.5 } .title { font-size: 18px; font-weight: bold }
@media (prefers-color-scheme: dark) { text { fill: #e8e8e8 } .grid { stroke: #30343c } .page { fill: #15171c } }"""
W, H, LEFT, RIGHT, TOP, BOTTOM = 900, 480, 70, 170, 60, 60
SIZES = (8, 16, 33, 66, 130, 260, 500)


def family(row):
    if row["name"].startswith("vanilla") and "int4" not in row["name"]:
        return "vanilla int8" if row["round"] == "int8" else "vanilla float"
    return row["name"].rsplit(" ", 2)[0]


def lines(rows):
    """Points (KB, mean, deviation) of each family, by size: those that have been trained and fit on the axis."""
    found = {name: [] for name in FAMILIES}
    for row in rows:
        bpb = row["valid_bpb"]
        if bpb and bpb["n"] and row["flash_bytes"] <= 1.02 * 1024 * SIZES[-1]: found[family(row)].append((row["flash_bytes"] / 1024, bpb["mean"], bpb["deviation"] or 0))
    return {name: sorted(points) for name, points in found.items() if points}


def svg(rows):
    curves = lines(rows)
    values = [y for points in curves.values() for _, y, _ in points]
    low, high = math.floor(min(values) * 10) / 10, min(math.ceil(max(values) * 10) / 10, 3)
    x = lambda kb: LEFT + (W - LEFT - RIGHT) * math.log(kb / 6.5) / math.log(560 / 6.5)
    y = lambda bits: TOP + (H - TOP - BOTTOM) * (high - bits) / (high - low)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {W} {H}" role="img"><title>Bits per byte by flash</title><style>{STYLE}</style>'
           f'<rect class="page" width="{W}" height="{H}"/><text class="title" x="{LEFT}" y="32">Bits per byte of TinyStories, by flash of the model</text>']
    tick = low
    while tick <= high + 1e-9:
        out.append(f'<line class="grid" x1="{LEFT}" x2="{W - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
                   f'<text x="{LEFT - 10}" y="{y(tick) + 5:.1f}" text-anchor="end">{tick:.1f}</text>')
        tick += 0.2
    for kb in SIZES: out.append(f'<line class="grid" x1="{x(kb):.1f}" x2="{x(kb):.1f}" y1="{TOP}" y2="{H - BOTTOM}"/><text x="{x(kb):.1f}" y="{H - BOTTOM + 22}" text-anchor="middle">{kb}</text>')
    out.append(f'<text x="{(LEFT + W - RIGHT) / 2}" y="{H - 14}" text-anchor="middle">KB of flash; bars: the deviation of three seeds, beyond 130 KB one seed</text>')
    below = {}  # where labels stand, so that none covers another
    for name, points in curves.items():
        colour, shown = FAMILIES[name], [p for p in points if p[1] <= high]
        out.append(f'<polyline class="line" stroke="{colour}" points="{" ".join(f"{x(kb):.1f},{y(bits):.1f}" for kb, bits, _ in shown)}"/>')
        for kb, bits, spread in shown:
            out.append(f'<line class="bar" stroke="{colour}" x1="{x(kb):.1f}" x2="{x(kb):.1f}" y1="{y(bits - spread):.1f}" y2="{y(bits + spread):.1f}"/>'
                       f'<circle fill="{colour}" cx="{x(kb):.1f}" cy="{y(bits):.1f}" r="4"><title>{name}, {kb:.1f} KB: {bits:.3f}</title></circle>')
        below[name] = y(shown[-1][1])
    last = H - BOTTOM + 20
    for name, at in sorted(below.items(), key=lambda item: -item[1]):
        last = min(at, last - 20)
        out.append(f'<text x="{x(curves[name][-1][0]) + 12:.1f}" y="{last + 5:.1f}" style="fill:{FAMILIES[name]}">{name}</text>')
    return "\n".join(out) + "\n</svg>\n"
