// A button that lets the visitor choose a file; the same one may be chosen again.

export function FileButton({ name, open }: { name: string; open: (file: File) => Promise<void> }) {
  return (
    <label class="button file">
      {name}
      <input
        type="file"
        class="visually-hidden"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) void open(file);
          event.currentTarget.value = "";
        }}
      />
    </label>
  );
}
