import { Segmented } from "antd";
import { useEffect, useRef } from "react";

interface Tab<T extends string> { value: T; label: string }

/** The parts of a page, of which one is shown. Where they are wider than the screen they scroll, and the chosen one is in sight. */
export function Tabs<T extends string>({ value, onChange, options, label }: { value: T; onChange: (value: T) => void; options: Tab<T>[]; label?: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.querySelector("input:checked")?.closest("label")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [value]);
  return <Segmented<T> ref={box} className="tabs" aria-label={label} value={value} onChange={onChange} options={options} />;
}
