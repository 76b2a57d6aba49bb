import { CheckOutlined, CopyOutlined } from "@ant-design/icons";
import { Button, type ButtonProps } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

/** Takes a text to the clipboard, and says for a moment that it has. */
export function CopyButton({ label, text, ...look }: { label: string; text: string } & Pick<ButtonProps, "type" | "size">) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = window.setTimeout(() => setCopied(false), 2000);
    return () => window.clearTimeout(timer);
  }, [copied]);
  return (
    <Button {...look} icon={copied ? <CheckOutlined /> : <CopyOutlined />} aria-label={`${t("common.copy")} ${label}`} onClick={() => void navigator.clipboard?.writeText(text).then(() => setCopied(true))}>
      {t(copied ? "common.copied" : "common.copy")}
    </Button>
  );
}
