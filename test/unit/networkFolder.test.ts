import { describe, expect, it } from 'vitest';
import { assertLocalFolder, type FolderSystem, mountsOfDarwin, mountsOfLinux, networkKind } from '../../src/main/networkFolder.ts';
import { tempDir } from '../support/tempDir.ts';

function system(part: Partial<FolderSystem>): FolderSystem {
  return { platform: 'linux', realPath: (folder) => folder, typeNumber: () => 0xef53, mounts: () => [], ...part };
}

describe('a data folder', () => {
  it('of this very computer is used', async () => {
    expect(() => assertLocalFolder('/')).not.toThrow();
    expect(assertLocalFolder(await tempDir())).toBeUndefined();
  });

  it.each([
    ['NFS', 0x6969],
    ['SMB', 0x517b],
    ['SMB', 0xfe534d42],
    ['CIFS', 0xff534d42],
    // as a signed number, which some systems give
    ['CIFS', 0xff534d42 | 0],
    ['Ceph', 0x00c36400],
  ])('on %s is refused in plain words', (kind, number) => {
    expect(networkKind('/mnt/share', system({ typeNumber: () => number }))).toBe(kind);
    expect(() => assertLocalFolder('/mnt/share', system({ typeNumber: () => number }))).toThrow(/\/mnt\/share is on a network drive.*--data/);
  });

  it.each([
    ['ext4', 0xef53],
    ['btrfs', 0x9123683e],
    ['an overlay', 0x794c7630],
    ['tmpfs', 0x01021994],
    ['9p, as virtual machines share a folder', 0x01021997],
  ])('on %s is used', (_name, number) => {
    expect(networkKind('/data', system({ typeNumber: () => number }))).toBeUndefined();
  });

  it('on FUSE is judged by what lies behind it', () => {
    const fuse = (kind: string) =>
      system({
        typeNumber: () => 0x65735546,
        mounts: () => [
          { at: '/', kind: 'ext4' },
          { at: '/home/a/far', kind },
        ],
      });
    expect(networkKind('/home/a/far/data', fuse('fuse.sshfs'))).toBe('fuse.sshfs');
    expect(networkKind('/home/a/far/data', fuse('fuse.rclone'))).toBe('fuse.rclone');
    expect(networkKind('/home/a/far/data', fuse('fuse.gocryptfs'))).toBeUndefined();
    expect(networkKind('/home/a/far/data', fuse('virtiofs'))).toBeUndefined();
    expect(networkKind('/home/a/farther', fuse('fuse.sshfs'))).toBeUndefined();
  });

  it('on a Windows share is refused, also as a drive letter', () => {
    const windows = (realPath: (folder: string) => string = (folder) => folder) => system({ platform: 'win32', realPath });
    expect(networkKind('\\\\server\\share\\Tickline', windows())).toBeDefined();
    expect(networkKind('\\\\?\\UNC\\server\\share', windows())).toBeDefined();
    expect(
      networkKind(
        'Z:\\Tickline',
        windows(() => '\\\\server\\share\\Tickline'),
      ),
    ).toBeDefined();
    expect(networkKind('C:\\Users\\a\\AppData', windows())).toBeUndefined();
    expect(networkKind('\\\\?\\C:\\Users\\a', windows())).toBeUndefined();
  });

  it('on a Mac is judged by its mount', () => {
    const text = [
      '/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)',
      '/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled)',
      '//me@server/Office on /Volumes/Office (smbfs, nodev, nosuid, mounted by me)',
      'server:/export on /Volumes/Export (nfs)',
    ].join('\n');
    const mac = system({ platform: 'darwin', mounts: () => mountsOfDarwin(text) });
    expect(networkKind('/Volumes/Office/Tickline', mac)).toBe('smbfs');
    expect(networkKind('/Volumes/Export/Tickline', mac)).toBe('nfs');
    expect(networkKind('/Users/me/Library', mac)).toBeUndefined();
  });

  it("reads the kernel's list of mounts, spaces in names included", () => {
    const text = '36 35 98:0 / /mnt/my\\040share rw,noatime master:1 - fuse.sshfs me@far:/ rw\n25 1 8:1 / / rw - ext4 /dev/sda1 rw\n';
    expect(mountsOfLinux(text)).toEqual([
      { at: '/mnt/my share', kind: 'fuse.sshfs' },
      { at: '/', kind: 'ext4' },
    ]);
  });
});
