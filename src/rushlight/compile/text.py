"""The text of an LLVM function while it is being written.

May import: nothing.
"""


class Text:
    """Lines of one function; `let` names a result, `call` a function of the C library."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.declared: dict[str, str] = {}  # outside functions, with their types
        self._count = 0
        self.block = "entry"

    def name(self, stem: str = "v") -> str:
        """A name that is not used yet."""
        self._count += 1
        return f"%{stem}{self._count}"

    def let(self, expression: str) -> str:
        """Gives the value of an expression a name."""
        found = self.name()
        self.lines.append(f"  {found} = {expression}")
        return found

    def do(self, line: str) -> None:
        """An instruction without a result."""
        self.lines.append(f"  {line}")

    def label(self, name: str) -> None:
        """Starts a block."""
        self.lines.append(f"{name}:")
        self.block = name

    def call(self, function: str, kind: str, values: list[str]) -> str:
        """Calls a function of numbers of one type, from the C library."""
        self.declared[function] = f"declare {kind} @{function}({', '.join([kind] * len(values))})"
        return self.let(f"call {kind} @{function}({', '.join(f'{kind} {v}' for v in values)})")

    def loop(self, count: int, body: "callable", stem: str = "i") -> None:  # type: ignore[valid-type]
        """Runs `body(index)` for each index below a count."""
        if count == 1:
            body("0")
            return
        number = self.name("")[1:]
        before = self.block
        index = f"%{stem}{number}"
        self.do(f"br label %loop{number}")
        self.label(f"loop{number}")
        place = len(self.lines)
        self.lines.append("")
        body(index)
        following = self.let(f"add nuw nsw i64 {index}, 1")
        again = self.let(f"icmp ult i64 {following}, {count}")
        self.do(f"br i1 {again}, label %loop{number}, label %done{number}")
        self.lines[place] = f"  {index} = phi i64 [ 0, %{before} ], [ {following}, %{self.block} ]"
        self.label(f"done{number}")
