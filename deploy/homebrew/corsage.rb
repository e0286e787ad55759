# The formula of a release: scripts/homebrew-formula fills in what each archive's checksum is.
class Corsage < Formula
  desc "CORS as browsers do it: explain, check, convert, audit, serve"
  homepage "https://github.com/corsage-rs/corsage"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "https://github.com/corsage-rs/corsage/releases/download/v@VERSION@/corsage-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256:aarch64-apple-darwin@"
    end
    on_intel do
      url "https://github.com/corsage-rs/corsage/releases/download/v@VERSION@/corsage-@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256:x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/corsage-rs/corsage/releases/download/v@VERSION@/corsage-@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256:aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "https://github.com/corsage-rs/corsage/releases/download/v@VERSION@/corsage-@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256:x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "corsage"
    man1.install "corsage.1"
    bash_completion.install "completions/corsage.bash" => "corsage"
    zsh_completion.install "completions/_corsage"
    fish_completion.install "completions/corsage.fish"
  end

  test do
    assert_match "Access-Control-Allow-Origin", shell_output("#{bin}/corsage explain --code missing-allow-origin")
  end
end
