//! A file without its empty blocks, of which most of a small database consists: the length, then each block
//! that is not empty behind its number.

const BLOCK: usize = 512;

pub(crate) fn packed(file: &[u8]) -> Vec<u8> {
    let mut thin = (file.len() as u64).to_le_bytes().to_vec();
    for (number, block) in (0u32..).zip(file.chunks(BLOCK)) {
        if block.iter().any(|byte| *byte != 0) {
            thin.extend(number.to_le_bytes());
            thin.extend(block);
            thin.resize(thin.len() + BLOCK - block.len(), 0);
        }
    }
    thin
}

pub(crate) fn unpacked(thin: &[u8]) -> Vec<u8> {
    let (length, blocks) = thin.split_first_chunk().expect("a length");
    let length = usize::try_from(u64::from_le_bytes(*length)).expect("a length");
    let mut file = vec![0; length.next_multiple_of(BLOCK)];
    for one in blocks.chunks_exact(4 + BLOCK) {
        let (number, block) = one.split_first_chunk().expect("a number");
        let at = u32::from_le_bytes(*number) as usize * BLOCK;
        file[at..at + BLOCK].copy_from_slice(block);
    }
    file.truncate(length);
    file
}
