<?php
// Holds cases against the README's snippet: check.php WAY CASES SECRET README_SNIPPET
[, , $cases, $secret, $snippet] = $argv;
require getcwd() . "/" . $snippet;
foreach (file($cases) as $line) {
    $case = json_decode($line, true);
    echo (int) holds($secret, $case["headers"], base64_decode($case["body"])), "\n";
}
